create or replace package crm_comparison
   authid definer
   accessible by (package crm_contact_comparison, package crm_findings, package crm_runs, package crm_test_runs)
is
   /**
   Compares leads that were read from the CRM with the ERP as it is now and with what was agreed, a page at a time, and
   keeps when each record was last seen to be equal. Changes neither side.

   Owns:    crm_record_proofs
   Commits: never
   */

   /** State of a result; EQUAL, DIFFERENT and OUTSIDE as in crm_record_proofs. */
   subtype state_type is varchar2(9 char);
   co_equal     constant state_type := 'EQUAL';
   co_different constant state_type := 'DIFFERENT';
   co_outside   constant state_type := 'OUTSIDE';
   co_busy      constant state_type := 'BUSY';   -- the live flow is at work, or was since the page was read

   /** What a result is about. */
   co_lead    constant crm_sync_findings.entity%type := 'LEAD';
   co_contact constant crm_sync_findings.entity%type := 'CONTACT';

   /** Actions of crm_sync_findings. */
   co_send    constant crm_sync_findings.action%type := 'SEND';
   co_read    constant crm_sync_findings.action%type := 'READ';
   co_convert constant crm_sync_findings.action%type := 'CONVERT';
   co_renew   constant crm_sync_findings.action%type := 'RENEW';
   co_person  constant crm_sync_findings.action%type := 'PERSON';

   /** Kinds of crm_sync_findings. */
   co_missing_in_crm constant crm_sync_findings.kind%type := 'MISSING_IN_CRM';
   co_missing_in_erp constant crm_sync_findings.kind%type := 'MISSING_IN_ERP';
   co_differs        constant crm_sync_findings.kind%type := 'DIFFERENT';
   co_mirror         constant crm_sync_findings.kind%type := 'MIRROR';
   co_double         constant crm_sync_findings.kind%type := 'DOUBLE';
   co_extra_in_crm   constant crm_sync_findings.kind%type := 'EXTRA_IN_CRM';

   /** One compared lead or person; kind, action and fields only when it is different. */
   type result_type is record (
      item       crm_sync_findings.item%type,
      entity     crm_sync_findings.entity%type,
      state      state_type,
      kind       crm_sync_findings.kind%type,
      action     crm_sync_findings.action%type,
      record_key crm_sync_findings.record_key%type,
      crm_id     crm_sync_findings.crm_id%type,
      contact_id crm_sync_findings.contact_id%type,
      person_id  crm_sync_findings.person_id%type,
      fields     crm_sync_findings.fields%type,
      read_state varchar2(64 char)   -- hash of what was read: the same again is no news
   );
   type results_type is table of result_type index by pls_integer;

   /**
   Compares leads. A field that waits for a person counts as equal; a lead in a stage that is not mirrored is compared
   only in what the ERP has to send.
   - @param in_leads     JSON array of leads as apply_lead takes them
   - @param in_read_on   before the page was read
   - @throws crm_err.e_invalid_json
   */
   procedure compare_leads(
      in_run_id   in  crm_sync_runs.run_id%type,
      in_leads    in  clob,
      in_read_on  in  timestamp with time zone,
      out_results out results_type
   );

   /**
   Says of leads that the CRM, asked for them, does not have: what they are in the ERP. Records that the live flow is at
   work on are left out.
   - @param in_ids  JSON array of lead ids
   */
   procedure compare_missing(
      in_run_id   in  crm_sync_runs.run_id%type,
      in_ids      in  varchar2,
      out_results out results_type
   );

   /**
   Branches that take part and have no lead, nor a change on its way; what is parked is for a person. A piece of clients
   at a time, since before the first load it is all of them.
   - @param in_after  clients after this one
   - @param in_to     up to this one
   */
   procedure compare_unsent(
      in_after    in  number,
      in_to       in  number,
      out_results out results_type
   );

   /** What happened to a record after this moment makes a page that was read on in_read_on too old for it. */
   function settled_before(in_read_on in timestamp with time zone) return timestamp with time zone;

   /** True if something happened to a record since the page was read, or waits; the lease is not looked at. */
   function is_touched(
      in_record_key in crm_records.record_key%type,
      in_read_on    in timestamp with time zone
   ) return boolean;
end crm_comparison;
/
