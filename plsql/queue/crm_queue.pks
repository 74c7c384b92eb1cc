create or replace package crm_queue
   authid definer
   accessible by (
      package crm_capture_records, package crm_reconcile, package crm_bridge_api, package crm_conflict,
      package crm_values, package crm_funnel, package crm_operator, package crm_jobs, package crm_leads,
      package crm_findings, package crm_runs
   )
is
   /**
   Wake-ups for the daemon. A message is a hint that work waits, visible when the transaction commits; what the work is
   stands in the outbox or the inbox. A lost message costs one wait of the daemon, nothing else.

   Owns:    queues crm_change_q and crm_inbox_q
   Commits: never
   */

   /**
   One message, however many changes: it names the change when it is one, and nothing when there are more.
   - @param in_event_ids  same order as the other two
   */
   procedure announce_changes(
      in_event_ids   in crm_ids_ct,
      in_record_keys in crm_record_keys_ct,
      in_versions    in crm_ids_ct
   );

   /** One message that names no change: work waits. */
   procedure announce_backlog;

   /** Says that a webhook waits. */
   procedure announce_webhook(in_inbox_id in crm_inbox_events.inbox_id%type);

   /**
   Takes away the messages that AQ has given up and moved to the exception queues. Nobody is woken for them: what they
   announced stands in the outbox or the inbox, and is found by the next look of a daemon.
   - @param in_limit     messages of each queue at most
   - @param out_removed  messages taken away
   */
   procedure drain_exceptions(
      in_limit    in  pls_integer,
      out_removed out pls_integer
   );
end crm_queue;
/
