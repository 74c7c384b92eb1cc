create or replace package crm_operator
   authid definer
   accessible by (package crm_bridge_api, package crm_test_operator)
is
   /**
   What a person does with parked work: try it again, give it up, correct it. Every item leaves a row that says who.

   A filter is a JSON object with any of "kind" (OUTBOX or INBOX), "event_id" (with kind: ids are numbered apart),
   "record_key", "reason_class" (changes only: webhooks have none). An empty object means everything that is parked;
   an unknown member is refused, so that a slip of the pen does not widen what is meant.

   Rows that another session settles at this moment are left out.

   Owns:    crm_operator_audit
   Commits: never
   */

   /**
   Makes parked items ready again, in the order of their keys, and wakes the daemon.
   - @throws crm_err.e_invalid_json, crm_err.e_invalid_action
   */
   procedure replay_parked(
      in_filter in  varchar2,
      in_by     in  crm_operator_audit.done_by%type,
      out_count out pls_integer
   );

   /**
   Gives parked items up. A change that is given up is not lost for ever: the record still differs from what was
   agreed, and its next change carries the difference.
   - @throws crm_err.e_invalid_json, crm_err.e_invalid_action
   */
   procedure skip_parked(
      in_filter in  varchar2,
      in_reason in  crm_operator_audit.reason%type,
      in_by     in  crm_operator_audit.done_by%type,
      out_count out pls_integer
   );

   /**
   Replaces the body of a parked webhook and tries it again. The body that came stays in the audit.
   - @param in_crm_id  lead that the new body names; null: as before
   - @throws crm_err.e_unknown_event, crm_err.e_not_parked, crm_err.e_invalid_json, crm_err.e_invalid_action
   */
   procedure edit_inbox(
      in_inbox_id in crm_inbox_events.inbox_id%type,
      in_body     in varchar2,
      in_by       in crm_operator_audit.done_by%type,
      in_crm_id   in crm_inbox_events.crm_id%type default null
   );

   /**
   A parked webhook with its body; columns as in crm_bridge_api.
   - @throws crm_err.e_unknown_event, crm_err.e_not_parked
   */
   procedure read_webhook(
      in_inbox_id in  crm_inbox_events.inbox_id%type,
      out_webhook out sys_refcursor
   );
end crm_operator;
/
