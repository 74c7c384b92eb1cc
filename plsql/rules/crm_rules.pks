create or replace package crm_rules
   authid definer
   accessible by (package crm_apply, package crm_funnel, package crm_test_rules, package crm_test_apply)
is
   /**
   Comparing and merging of shared fields, by crm_field_policies; stages, by crm_stages. Pure: no row is changed.

   Owns:    nothing
   Commits: never
   */

   /** What a merge found. */
   type merge_type is record (
      merged      crm_types.fields_type,   -- the record as both sides shall have it
      is_accepted boolean,                 -- a change of the CRM comes into the ERP
      is_echo     boolean                  -- nothing has changed in the CRM since the last agreement
   );

   /** Text in Unicode form NFC, no-break spaces as spaces, trimmed; null when nothing is left. */
   function canonical(in_text in varchar2) return varchar2 deterministic;

   /** Key of canonical() without accents and case; for comparing only. */
   function folded(in_text in varchar2) return varchar2 deterministic;

   /**
   True if two values of a field count as different.
   @param in_comparison  crm_field_policies.comparison
   */
   function differs(
      in_comparison in crm_field_policies.comparison%type,
      in_left       in varchar2,
      in_right      in varchar2
   ) return boolean deterministic;

   /**
   Merges field by field: changed on one side only: that side, but a field that the ERP owns is never changed by the
   CRM; changed on both sides: the owner.
   @param in_base  as last agreed; empty: never agreed, the owner wins wherever the sides differ
   @param in_crm   as just read; a field that was not read counts as unchanged
   */
   function merge_fields(
      in_base in crm_types.fields_type,
      in_erp  in crm_types.fields_type,
      in_crm  in crm_types.fields_type
   ) return merge_type;

   /** True if the ERP still differs from the CRM in a field that was read. */
   function is_pending(
      in_erp in crm_types.fields_type,
      in_crm in crm_types.fields_type
   ) return boolean;

   /** True if leads in this stage are mirrored; false for an unknown stage. */
   function is_mirrored_stage(in_stage in varchar2) return boolean;
end crm_rules;
/
