# fish completion for sinyal
set -l commands serve check topics explain notify tail lifecycle version
set -l configured serve check topics explain notify tail
set -l signals payment_received payment_settled payment_denied payment_cancelled payment_expired \
    payment_refunded payment_failed payment_authorized payment_refund_confirmed \
    payment_charged_back invoice_created invoice_paid invoice_voided invoice_expired \
    subscription_created subscription_charged subscription_disabled subscription_cancelled \
    subscription_charge_failed

complete -c sinyal -f
complete -c sinyal -l help -d 'What it does'
complete -c sinyal -n "not __fish_seen_subcommand_from $commands" -l version -d 'The version'
complete -c sinyal -n "not __fish_seen_subcommand_from $commands" -a serve -d 'Take notifications in and publish their signals'
complete -c sinyal -n "not __fish_seen_subcommand_from $commands" -a check -d 'Check configuration, secrets, Kafka and topics'
complete -c sinyal -n "not __fish_seen_subcommand_from $commands" -a topics -d 'Compare the topics with the cluster'
complete -c sinyal -n "not __fish_seen_subcommand_from $commands" -a explain -d 'What notifications mean'
complete -c sinyal -n "not __fish_seen_subcommand_from $commands" -a notify -d 'Sign and send test notifications'
complete -c sinyal -n "not __fish_seen_subcommand_from $commands" -a tail -d 'Show signals as they arrive'
complete -c sinyal -n "not __fish_seen_subcommand_from $commands" -a lifecycle -d 'The state machine'
complete -c sinyal -n "not __fish_seen_subcommand_from $commands" -a version -d 'What this program is made of'

complete -c sinyal -n "__fish_seen_subcommand_from $configured" -l config -rF -d 'Configuration file'
complete -c sinyal -n "__fish_seen_subcommand_from $configured" -l set -x -d 'One key: section.key=value'
complete -c sinyal -n "__fish_seen_subcommand_from serve check topics" -l role -xa 'all ingest lifecycle' -d 'Which part'
complete -c sinyal -n "__fish_seen_subcommand_from check topics explain notify tail version" -l format -xa 'text json' -d 'How results look'
complete -c sinyal -n "__fish_seen_subcommand_from lifecycle" -l format -xa 'text dot mermaid json' -d 'How it looks'
complete -c sinyal -n "__fish_seen_subcommand_from serve" -l embedded -d 'A broker inside this process'
complete -c sinyal -n "__fish_seen_subcommand_from topics" -a 'plan apply'
complete -c sinyal -n "__fish_seen_subcommand_from explain notify" -F
complete -c sinyal -n "__fish_seen_subcommand_from explain notify tail" -l merchant -x -d 'Whose they are'
complete -c sinyal -n "__fish_seen_subcommand_from explain" -l endpoint -xa 'notifications recurring payments invoices subscriptions' -d 'Where they would be posted'
complete -c sinyal -n "__fish_seen_subcommand_from explain" -l verify -d 'Check signatures'
complete -c sinyal -n "__fish_seen_subcommand_from notify" -l url -x -d 'Of ingest'
complete -c sinyal -n "__fish_seen_subcommand_from notify" -l scenario -xa "all (sinyal notify --list 2>/dev/null | string replace -r ' .*' '')" -d 'A scripted lifecycle'
complete -c sinyal -n "__fish_seen_subcommand_from notify" -l list -d 'Name the scenarios'
complete -c sinyal -n "__fish_seen_subcommand_from notify" -l repeat -x -d 'Send each so often'
complete -c sinyal -n "__fish_seen_subcommand_from notify" -l shuffle -x -d 'Send in another order'
complete -c sinyal -n "__fish_seen_subcommand_from notify" -l rate -x -d 'A second'
complete -c sinyal -n "__fish_seen_subcommand_from tail" -l signal -xa "$signals" -d 'Only this one'
complete -c sinyal -n "__fish_seen_subcommand_from tail" -l subject -x -d 'Only this one'
complete -c sinyal -n "__fish_seen_subcommand_from tail" -l with-notification -d 'Show what each came from'
complete -c sinyal -n "__fish_seen_subcommand_from tail" -l from-beginning -d 'What was published before, too'
complete -c sinyal -n "__fish_seen_subcommand_from tail" -l bootstrap-servers -x -d 'Brokers'
