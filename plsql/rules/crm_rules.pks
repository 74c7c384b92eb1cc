create or replace package crm_rules
   authid definer
   accessible by (
      package crm_apply, package crm_conflict, package crm_conversion, package crm_echo, package crm_funnel,
      package crm_guard, package crm_merge, package crm_leads, package crm_contact_match, package crm_contacts,
      package crm_contact_comparison, package crm_comparison, package crm_test_rules, package crm_test_properties
   )
is
   /**
   Comparing of shared fields, by crm_field_policies; stages, by crm_stages. Pure: no row is changed.

   Owns:    nothing
   Commits: never
   */

   /** Text in Unicode form NFC, no-break spaces as spaces, trimmed; null when nothing is left. */
   function canonical(in_text in varchar2) return varchar2 deterministic;

   /** Key of canonical() without accents and case; for comparing only. */
   function folded(in_text in varchar2) return varchar2 deterministic;

   /**
   True if two values of a field count as different.
   - @param in_comparison  crm_field_policies.comparison
   */
   function differs(
      in_comparison in crm_field_policies.comparison%type,
      in_left       in varchar2,
      in_right      in varchar2
   ) return boolean deterministic;

   /**
   True for a CNPJ or a CPF, without punctuation, whose check digits are right. A CNPJ may hold letters but in its check
   digits; a CPF of eleven equal digits is none.
   */
   function is_valid_taxid(in_taxid in varchar2) return boolean deterministic;

   /** True if the ERP still differs from the CRM in a field that was read. */
   function is_pending(
      in_erp in crm_types.fields_type,
      in_crm in crm_types.fields_type
   ) return boolean;

   /** The stage as crm_stages spells it; null for an unknown one. */
   function stage_name(in_stage in varchar2) return varchar2;

   /** True if crm_stage_moves has the move; names as crm_stages spells them. */
   function is_allowed_move(
      in_from in crm_stages.name%type,
      in_to   in crm_stages.name%type
   ) return boolean;

   /** True if leads in this stage are mirrored; false for an unknown stage. */
   function is_mirrored_stage(in_stage in varchar2) return boolean;
end crm_rules;
/
