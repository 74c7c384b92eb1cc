create or replace package crm_capture_budgets
   authid definer
is
   /**
   Captures values of quotations. Reads ERP.BUDGETS and ERP.BRANCHES, and so is a unit of its own: when a column that it
   reads is renamed, these changes wait for the hourly comparison of values and nothing else happens.
   Called by dynamic blocks of crm_capture, hence open to all code of the schema.

   Owns:    nothing; calls crm_capture_records
   Commits: never
   */

   /** Captures the branches of a list of ids of quotations, where they take part. */
   procedure capture(
      in_table_name in varchar2,
      in_keys       in varchar2
   );
end crm_capture_budgets;
/
