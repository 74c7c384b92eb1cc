create or replace package crm_test_properties
   authid definer
is
   /**
   Merges and applies many cases in one call, for the property tests (tests/properties), which judge what comes out.

   Owns:    rows of the tests
   Commits: never
   */

   /**
   - @param in_cases     JSON array of {"policies": {field: policy}, "base", "erp", "crm": {field: value}, "erp_time",
                       "crm_time"}; a side that is absent is empty
   - @param out_results  JSON array of {"merged": {field: value}, "is_accepted", "is_echo", "decisions": [{"field_name",
                       "policy", "base_value", "erp_value", "crm_value", "taken"}]}
   */
   procedure merge_batch(
      in_cases    in  clob,
      out_results out clob
   );

   /**
   Takes each case through the whole flow, on a branch of its own on which both sides agree: the edits of the ERP, the
   read of the lead, the same read once more, then deliveries until nothing waits.
   - @param in_cases     JSON array of {"policies": {field: policy}, "erp": {column: value}, "crm": {field: value}}
   - @param out_results  JSON array of {"before", "after_apply", "after_again", "after_all": document of the ERP,
                       "crm": what the CRM holds in the end, "image": what is agreed in the end, "is_hashed":
                       whether the sides count as equal, "results": [of both applies], "deliveries",
                       "credit_rows": [after each], "conflicts": [fields]}
   */
   procedure apply_batch(
      in_cases    in  clob,
      out_results out clob
   );

   /** 'S' if two values of a field count as different, else 'N'. @param in_comparison  TEXT or FOLDED */
   function is_different(
      in_comparison in varchar2,
      in_left       in varchar2,
      in_right      in varchar2
   ) return varchar2;

   /** The stage as the tenant spells it; null for an unknown one. */
   function stage_name(in_stage in varchar2) return varchar2;

   /** The phone of a person of the CRM as the ERP would hold it. */
   function phone_form(in_phone in varchar2) return varchar2;
end crm_test_properties;
/
