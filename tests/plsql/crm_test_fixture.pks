create or replace package crm_test_fixture
   authid definer
is
   /**
   Rows and short ways for the suites. Client codes from co_client_code on belong to the tests.

   Owns:    rows of the tests
   Commits: autonomous, in delete_gaps
   */
   co_client_code constant pls_integer := 99000001;
   co_worker_id   constant varchar2(20 char) := 'utplsql';
   co_crm_id      constant pls_integer := 990000001;
   co_mirrored    constant varchar2(50 char) := 'Ativação';

   /** Takes everything that waits out of the way, in this transaction. */
   procedure quiet;

   /** Makes a branch with city, rep and industry of its own, and forgets the changes that this captured. */
   function new_branch(
      in_branch_code in pls_integer default 1,
      in_integrate   in varchar2    default 'S'
   ) return varchar2;

   /** Makes a branch on which both sides agree, as the lead in_crm_id. */
   function new_synced_branch(
      in_branch_code in pls_integer default 1,
      in_crm_id      in number      default co_crm_id
   ) return varchar2;

   /** Forgets the waiting changes of the tests. */
   procedure forget_events;

   /** Claims at most one change; event_id is null when there is none. */
   function claim_one return crm_outbox_events%rowtype;

   /** Settles a claimed change with an outcome. */
   procedure settle(
      in_event         in crm_outbox_events%rowtype,
      in_outcome       in varchar2,
      in_crm_id        in number   default null,
      in_reason_class  in varchar2 default null,
      in_retry_seconds in number   default null
   );

   /** The change as it is now. */
   function event(in_event_id in number) return crm_outbox_events%rowtype;

   /** The record as it is now. */
   function record_of(in_record_key in varchar2) return crm_records%rowtype;

   /** Number of changes of a record, in one state or in all. */
   function event_count(
      in_record_key in varchar2,
      in_status     in varchar2 default null
   ) return pls_integer;

   /** Stores and claims a webhook of a lead. */
   function new_webhook(
      in_crm_id     in number   default co_crm_id,
      in_event_type in varchar2 default 'LEAD_UPDATED'
   ) return crm_inbox_events%rowtype;

   /** Claims the one webhook that is due. */
   function claim_webhook return crm_inbox_events%rowtype;

   /** The lead as the CRM would show it, if it were equal to the ERP but for one field. */
   function lead(
      in_record_key in varchar2,
      in_field_name in varchar2 default null,
      in_value      in varchar2 default null,
      in_stage      in varchar2 default co_mirrored,
      in_crm_id     in number   default co_crm_id
   ) return clob;

   /** Stores, claims and applies; returns the result. */
   function apply(
      in_lead       in clob,
      in_crm_id     in number   default co_crm_id,
      in_event_type in varchar2 default 'LEAD_UPDATED'
   ) return varchar2;

   /** Deletes the capture gaps of the tests, which outlive a rollback. */
   procedure delete_gaps;
end crm_test_fixture;
/
