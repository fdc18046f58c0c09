# bash completion for sinyal
_sinyal() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
  local command=${COMP_WORDS[1]} words=
  COMPREPLY=()
  case $previous in
    --config) COMPREPLY=($(compgen -f -- "$current")); return ;;
    --role) words='all ingest lifecycle' ;;
    --endpoint) words='notifications recurring payments invoices subscriptions' ;;
    --scenario) words="all $(sinyal notify --list 2>/dev/null | awk '{print $1}')" ;;
    --format)
      words='text json'
      [[ $command == lifecycle ]] && words='text dot mermaid json' ;;
    --reason)
      words='unknown_status unknown_event missing_field bad_field status_code_mismatch
        amount_mismatch currency_mismatch impossible_transition reversal_not_possible
        too_many_attempts state_too_large unsupported_record' ;;
    --signal)
      words='payment_received payment_settled payment_denied payment_cancelled payment_expired
        payment_refunded payment_failed payment_authorized payment_refund_confirmed
        payment_charged_back invoice_created invoice_paid invoice_voided invoice_expired
        subscription_created subscription_charged subscription_disabled subscription_cancelled
        subscription_charge_failed' ;;
  esac
  if [[ -n $words ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    return
  fi
  if ((COMP_CWORD == 1)); then
    words='serve check topics explain notify tail trace quarantine verify rebuild lifecycle version --help --version'
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    return
  fi
  case $command in
    serve) words='--config --set --role --embedded' ;;
    check) words='--config --set --role --format' ;;
    topics) words='plan apply --config --set --role --format' ;;
    explain) words='--merchant --endpoint --verify --format --config --set' ;;
    notify)
      words='--url --merchant --scenario --list --repeat --shuffle --rate --format --config --set' ;;
    tail)
      words='--signal --merchant --subject --with-notification --from-beginning
        --bootstrap-servers --format --config --set' ;;
    trace) words='--bootstrap-servers --format --config --set' ;;
    quarantine)
      words='list show --merchant --reason --money --bootstrap-servers --format --config --set' ;;
    verify) words='--format --config --set' ;;
    rebuild) words='--dry-run --to-end --from-trimmed-log --format --config --set' ;;
    lifecycle | version) words='--format' ;;
  esac
  if [[ $command == explain || $command == notify ]] && [[ $current != -* ]]; then
    COMPREPLY=($(compgen -f -- "$current"))
  else
    COMPREPLY=($(compgen -W "$words --help" -- "$current"))
  fi
}
complete -o filenames -F _sinyal sinyal
