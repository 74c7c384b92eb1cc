create or replace package crm_catalogue
   authid definer
   accessible by (package crm_bridge_api, package crm_test_catalogue)
is
   /**
   Takes catalogues of the CRM into the ERP, so that what is chosen for a lead finds its code there.

   Owns:    nothing; writes ERP.INDUSTRIES
   Commits: never
   */

   /**
   Adds the industries that the ERP does not have. Names are compared without accents and case; nothing that is there
   is changed, nothing is deleted, and the same names twice add nothing.
   - @param in_industries  JSON array of names
   - @param out_known      names that the ERP has, or that the array repeats
   - @param out_refused    names that are empty or too long for the ERP
   - @throws crm_err.e_invalid_json
   */
   procedure store_industries(
      in_industries in  clob,
      out_added     out pls_integer,
      out_known     out pls_integer,
      out_refused   out pls_integer
   );
end crm_catalogue;
/
