create or replace package crm_capture
   authid definer
is
   /**
   What the triggers on the tables of the ERP call, by dynamic blocks. Capture never fails: when its own work does, the
   statement of the ERP succeeds and crm_capture_gaps names the branches, for crm_reconcile to repair.
   It names no other object statically, and every other unit by a dynamic block with bind variables: whatever becomes
   invalid is an error that can be handled (ORA-06550, ORA-06508), and costs a gap of that unit's tables alone.
   Keys are text, each with one space before it: a call needs no type that could be replaced.

   Owns:    nothing; calls the units crm_capture_…
   Commits: never
   */

   /** Captures the branches CLIENT-BRANCH that a statement changed. */
   procedure capture_records(
      in_table_name in varchar2,
      in_keys       in varchar2
   );

   /** Captures those branches CLIENT-BRANCH that take part, after a statement on a table below BRANCHES. */
   procedure capture_details(
      in_table_name in varchar2,
      in_keys       in varchar2
   );

   /** Captures all branches that take part of the clients that a statement changed. */
   procedure capture_clients(
      in_table_name in varchar2,
      in_keys       in varchar2
   );

   /** Captures those branches that take part, by ids of quotations, after a statement on a table below BUDGETS. */
   procedure capture_budgets(
      in_table_name in varchar2,
      in_keys       in varchar2
   );

   /** The same for ids of orders and tables below SALES_ORDERS. */
   procedure capture_orders(
      in_table_name in varchar2,
      in_keys       in varchar2
   );

   /** Says that a trigger could not tell which rows were changed. */
   procedure report_lost(in_table_name in varchar2);
end crm_capture;
/
