create or replace package crm_capture
   authid definer
is
   /**
   What the triggers on the tables of the ERP call. Capture never fails: when its own work does, the statement of the
   ERP succeeds and crm_capture_gaps names the branches, for crm_reconcile to repair.
   Per statement, however many rows: one bulk insert and one array enqueue. Called by any trigger, hence open to all
   code of the schema.

   Owns:    nothing; calls crm_outbox, crm_queue
   Commits: never
   */

   /** True if the two values differ; null equals null. */
   function differs(
      in_old in varchar2,
      in_new in varchar2
   ) return boolean deterministic;

   /** True if the two values differ; null equals null. */
   function differs(
      in_old in number,
      in_new in number
   ) return boolean deterministic;

   /** Adds a branch to the set of one statement. */
   procedure note(
      io_records     in out nocopy crm_types.record_key_set_type,
      in_client_code in            crm_records.client_code%type,
      in_branch_code in            crm_records.branch_code%type
   );

   /** Captures the branches that a statement changed. */
   procedure capture_records(
      in_table_name in varchar2,
      in_records    in crm_types.record_key_set_type
   );

   /** Captures those branches that take part, after a statement on a table below BRANCHES. */
   procedure capture_details(
      in_table_name in varchar2,
      in_records    in crm_types.record_key_set_type
   );

   /** Adds a quotation or an order to the set of one statement. */
   procedure note_id(
      io_ids in out nocopy crm_types.id_set_type,
      in_id  in            number
   );

   /**
   Captures those branches that take part, after a statement on a table below BUDGETS.
   */
   procedure capture_budgets(
      in_table_name in varchar2,
      in_budget_ids in crm_types.id_set_type
   );

   /** The same for tables below SALES_ORDERS. */
   procedure capture_orders(
      in_table_name in varchar2,
      in_order_ids  in crm_types.id_set_type
   );

   /** Captures all integrated branches of the clients that a statement changed. */
   procedure capture_clients(
      in_table_name in varchar2,
      in_clients    in crm_types.client_code_set_type
   );
end crm_capture;
/
