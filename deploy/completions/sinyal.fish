# fish completion for sinyal
set -l signals payment_received payment_settled payment_denied payment_cancelled payment_expired \
    payment_refunded payment_failed payment_authorized payment_refund_confirmed \
    payment_charged_back invoice_created invoice_paid invoice_voided invoice_expired \
    subscription_created subscription_charged subscription_disabled subscription_cancelled \
    subscription_charge_failed
set -l reasons unknown_status unknown_event missing_field bad_field status_code_mismatch \
    amount_mismatch currency_mismatch impossible_transition reversal_not_possible \
    too_many_attempts state_too_large unsupported_record
set -l endpoints notifications recurring payments invoices subscriptions
set -l configured serve check topics explain notify tail trace quarantine verify rebuild
set -l formatted check topics explain notify tail trace quarantine verify rebuild version

function __sinyal_scenarios
    echo all
    sinyal notify --list 2>/dev/null | string replace -r ' .*' ''
end

# A command, and what it is for.
function __sinyal_command -a name about
    set -l all serve check topics explain notify tail trace quarantine verify rebuild lifecycle version
    complete -c sinyal -n "not __fish_seen_subcommand_from $all" -a $name -d $about
end

# The commands that take an option, and the option as complete(1) wants it.
function __sinyal_of -a commands
    complete -c sinyal -n "__fish_seen_subcommand_from $commands" $argv[2..]
end

complete -c sinyal -f
complete -c sinyal -l help -d 'What it does'
complete -c sinyal -n __fish_use_subcommand -l version -d 'The version'
__sinyal_command serve 'Take notifications in and publish their signals'
__sinyal_command check 'Check configuration, secrets, Kafka, topics and schemas'
__sinyal_command topics 'Compare the topics with the cluster'
__sinyal_command explain 'What notifications mean'
__sinyal_command notify 'Send test notifications, signed unless they are'
__sinyal_command tail 'Show signals as they arrive'
__sinyal_command trace 'One order\'s, invoice\'s or subscription\'s whole story'
__sinyal_command quarantine 'What could not be applied, and why'
__sinyal_command verify 'Prove that what is published is what the log gives'
__sinyal_command rebuild 'Make a lost state anew out of the raw log'
__sinyal_command lifecycle 'The state machine'
__sinyal_command version 'What this program is made of'

__sinyal_of "$configured" -l config -rF -d 'Configuration file'
__sinyal_of "$configured" -l set -x -d 'One key: section.key=value'
__sinyal_of "$formatted" -l format -xa 'text json' -d 'How results look'
__sinyal_of 'serve check topics' -l role -xa 'all ingest lifecycle' -d 'Which part'
__sinyal_of serve -l embedded -d 'A broker inside this process'
__sinyal_of topics -a 'plan apply'
__sinyal_of quarantine -a 'list show'
__sinyal_of quarantine -l reason -xa "$reasons" -d 'Only this one'
__sinyal_of quarantine -l money -d 'Only what claims that money came'
__sinyal_of lifecycle -l format -xa 'text dot mermaid json' -d 'How it looks'
__sinyal_of 'explain notify' -F
__sinyal_of 'explain notify tail quarantine' -l merchant -x -d 'Whose they are'
__sinyal_of explain -l endpoint -xa "$endpoints" -d 'Where they would be posted'
__sinyal_of explain -l verify -d 'Check signatures'
__sinyal_of notify -l url -x -d 'Of ingest'
__sinyal_of notify -l scenario -xa '(__sinyal_scenarios)' -d 'A scripted lifecycle'
__sinyal_of notify -l list -d 'Name the scenarios'
__sinyal_of notify -l repeat -x -d 'Send each so often'
__sinyal_of notify -l shuffle -x -d 'Send in another order'
__sinyal_of notify -l rate -x -d 'A second'
__sinyal_of tail -l signal -xa "$signals" -d 'Only this one'
__sinyal_of tail -l subject -x -d 'Only this one'
__sinyal_of tail -l with-notification -d 'Show what each came from'
__sinyal_of tail -l from-beginning -d 'What was published before, too'
__sinyal_of 'tail trace quarantine' -l bootstrap-servers -x -d 'Brokers'
__sinyal_of rebuild -l dry-run -d 'Check everything, write nothing'
__sinyal_of rebuild -l to-end -d 'Up to the end: the offsets have expired'
__sinyal_of rebuild -l from-trimmed-log -d 'Although its beginning was deleted'
functions -e __sinyal_command __sinyal_of
