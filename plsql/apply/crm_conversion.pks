create or replace package crm_conversion
   authid definer
   accessible by (package crm_apply)
is
   /**
   Makes a client of the ERP from a lead that was converted in the CRM: CLIENTS, BRANCHES, BILLING_ADDRESSES,
   SALES_REP_BRANCHES, CLIENT_INDUSTRIES, CREDIT_LIMIT_HISTORY. What the lead does not say comes from crm_settings or
   stays empty. A tax id that the ERP knows already makes no second client: its branch is linked to the lead.

   Owns:    nothing; writes the tables of the ERP named above
   Commits: never
   */

   /**
   Makes or links the branch of a lead and its row of crm_records; the mark of crm_origin is set for it afterwards.
   - @param out_record_key  null when nothing was done
   - @param out_refusal     why nothing was done, for a person; else null
   */
   procedure convert(
      in_crm_id      in  crm_records.crm_id%type,
      in_fields      in  crm_types.fields_type,
      out_record_key out crm_records.record_key%type,
      out_refusal    out crm_inbox_events.detail%type
   );
end crm_conversion;
/
