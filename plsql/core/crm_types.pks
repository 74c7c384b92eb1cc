create or replace package crm_types
   authid definer
is
   /**
   Constants and subtypes shared by several packages. The values of the states stand in the check constraints, too.

   Owns:    nothing
   Commits: never
   */
   subtype flag_type is varchar2(1 char);
   co_yes constant flag_type := 'S';
   co_no  constant flag_type := 'N';

   /** Bounds of a claim. */
   co_max_batch_size    constant pls_integer := 1000;
   co_max_lease_seconds constant pls_integer := 3600;

   /** States of crm_outbox_events and crm_inbox_events. */
   subtype status_type is varchar2(10 char);
   co_ready      constant status_type := 'READY';
   co_inflight   constant status_type := 'INFLIGHT';
   co_delivered  constant status_type := 'DELIVERED';
   co_unchanged  constant status_type := 'UNCHANGED';
   co_superseded constant status_type := 'SUPERSEDED';
   co_parked     constant status_type := 'PARKED';
   co_applied    constant status_type := 'APPLIED';
   co_ignored    constant status_type := 'IGNORED';
   co_deferred   constant status_type := 'DEFERRED';
   co_done       constant status_type := 'DONE';
   co_skipped    constant status_type := 'SKIPPED';

   /** Outcomes of an attempt, beside DELIVERED, PARKED and DONE. */
   co_retry    constant status_type := 'RETRY';
   co_in_doubt constant status_type := 'IN_DOUBT';
   co_lost     constant status_type := 'LOST';

   /** Origins of crm_outbox_events. */
   subtype origin_type is varchar2(10 char);
   co_origin_capture constant origin_type := 'CAPTURE';
   co_origin_apply   constant origin_type := 'APPLY';
   co_origin_gap     constant origin_type := 'GAP';
   co_origin_diff    constant origin_type := 'DIFF';
   co_origin_initial constant origin_type := 'INITIAL';
   co_origin_time    constant origin_type := 'TIME';
   co_origin_request constant origin_type := 'REQUEST';
   co_origin_moved   constant origin_type := 'MOVED';

   /** Type of the webhook that only says that a lead has changed. */
   co_lead_updated constant varchar2(20 char) := 'LEAD_UPDATED';

   /** Type of the webhook that makes a client of a lead. */
   co_lead_converted constant varchar2(20 char) := 'LEAD_CONVERTED';

   /** Type of the webhook that tells of a person, of whom the fields of the lead say nothing. */
   co_person_updated constant varchar2(20 char) := 'PERSON_UPDATED';

   /** Source of the rows of the inbox that a run over all leads made: hints that no webhook brought. */
   co_reconcile constant varchar2(30 char) := 'RECONCILE';

   /** Operations of a claimed change. */
   co_upsert constant varchar2(6 char) := 'UPSERT';
   co_remove constant varchar2(6 char) := 'REMOVE';

   /** Owner of a shared field, and how two of its values are compared. */
   co_erp    constant varchar2(3 char) := 'ERP';
   co_crm    constant varchar2(3 char) := 'CRM';
   co_text   constant varchar2(6 char) := 'TEXT';
   co_folded constant varchar2(6 char) := 'FOLDED';

   subtype record_key_type is varchar2(40 char);
   subtype field_name_type is varchar2(30 char);
   subtype value_type is varchar2(4000 char);

   /** Values of one record by neutral field name. An absent name means not known, null means empty. */
   type fields_type is table of value_type index by field_name_type;

   /** Hashes as hex digits. */
   type hashes_type is table of varchar2(64 char) index by pls_integer;

   /** A set of record keys: only the indices count. */
   type record_key_set_type is table of pls_integer index by record_key_type;

   /** A set of ids, as text because they exceed pls_integer: only the indices count. */
   type id_set_type is table of pls_integer index by varchar2(20 char);
end crm_types;
/
