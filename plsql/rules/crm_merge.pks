create or replace package crm_merge
   authid definer
   accessible by (
      package crm_conflict, package crm_leads, package crm_contacts, package crm_guard, package crm_test_merge,
      package crm_test_properties
   )
is
   /**
   Three-way merge of the shared fields against what was last agreed, by crm_field_policies. Pure: no row is changed.

   Owns:    nothing
   Commits: never
   */

   /** Policies that decide when both sides changed a field; ERP and CRM as in crm_types. */
   co_latest constant crm_field_policies.policy%type := 'LATEST';
   co_manual constant crm_field_policies.policy%type := 'MANUAL';

   /** The one field of a contact that is not merged on its own: which contact is the main one is said of them all. */
   co_is_primary constant crm_contact_policies.field_name%type := 'is_primary';

   /** A field on which the value of one side gives way. */
   type decision_type is record (
      field_name crm_types.field_name_type,
      policy     crm_field_policies.policy%type,
      base_value crm_types.value_type,
      erp_value  crm_types.value_type,
      crm_value  crm_types.value_type,
      taken      crm_merge_audit.taken%type   -- null: a person must decide
   );
   type decisions_type is table of decision_type index by pls_integer;

   /** What a merge found. */
   type merge_type is record (
      merged      crm_types.fields_type,   -- the record as the ERP shall have it
      decisions   decisions_type,
      is_accepted boolean,                 -- a change of the CRM comes into the ERP
      is_echo     boolean                  -- nothing has changed in the CRM since the last agreement
   );

   /**
   Merges field by field. Changed on one side only: that side, but a change made in the CRM alone does not come into a
   field whose policy is ERP. Changed on both sides to the same: agreed. Changed on both sides differently: the policy.
   - @param in_base      as last agreed; empty: never agreed, every value counts as a change and an empty field as none
   - @param in_crm       as just read; a field that was not read counts as unchanged
   - @param in_erp_time  UTC, when the ERP changed last since the agreement; null: not known
   - @param in_crm_time  UTC, when the lead changed last; null: not known
   */
   function merge_fields(
      in_base     in crm_types.fields_type,
      in_erp      in crm_types.fields_type,
      in_crm      in crm_types.fields_type,
      in_erp_time in timestamp default null,
      in_crm_time in timestamp default null
   ) return merge_type;

   /**
   The same for the fields of a contact but is_primary, by crm_contact_policies.
   - @param in_base  as last agreed; empty: never agreed, both sides count as changed
   */
   function merge_contact(
      in_base in crm_types.fields_type,
      in_erp  in crm_types.fields_type,
      in_crm  in crm_types.fields_type
   ) return merge_type;
end crm_merge;
/
