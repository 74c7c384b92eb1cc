create or replace package body crm_capture
is
   -- The last resorts: whatever happens, the statement of the ERP goes on. What even these lose, the comparison finds.
   procedure keep_records(
      in_table_name in varchar2,
      in_keys       in varchar2,
      in_error      in varchar2
   )
   is
   begin
      execute immediate 'begin crm_gaps.keep_records(in_table_name => :1, in_keys => :2, in_error => :3); end;'
         using in_table_name, in_keys, in_error;
   exception
      when others then
         null;
   end keep_records;

   procedure keep_clients(
      in_table_name in varchar2,
      in_keys       in varchar2,
      in_error      in varchar2
   )
   is
   begin
      execute immediate 'begin crm_gaps.keep_clients(in_table_name => :1, in_keys => :2, in_error => :3); end;'
         using in_table_name, in_keys, in_error;
   exception
      when others then
         null;
   end keep_clients;

   -- The branches are not known: the hourly comparison of values finds them.
   procedure log_values(
      in_table_name in varchar2,
      in_error      in varchar2
   )
   is
   begin
      execute immediate q'[
         begin
            crm_log.error(
               in_scope   => 'crm_capture',
               in_message => 'changes not captured; the next comparison finds them',
               in_context => crm_log.pair(
                  in_name  => 'table_name',
                  in_value => :1
               ) || ',' || crm_log.pair(
                  in_name  => 'error',
                  in_value => :2
               )
            );
         end;]'
         using in_table_name, in_error;
   exception
      when others then
         null;
   end log_values;

   procedure capture_records(
      in_table_name in varchar2,
      in_keys       in varchar2
   )
   is
   begin
      execute immediate 'begin crm_capture_records.capture(in_table_name => :1, in_keys => :2); end;'
         using in_table_name, in_keys;
   exception
      when others then
         keep_records(
            in_table_name => in_table_name,
            in_keys       => in_keys,
            in_error      => sqlerrm
         );
   end capture_records;

   procedure capture_details(
      in_table_name in varchar2,
      in_keys       in varchar2
   )
   is
   begin
      execute immediate 'begin crm_capture_branches.capture_details(in_table_name => :1, in_keys => :2); end;'
         using in_table_name, in_keys;
   exception
      when others then
         keep_records(
            in_table_name => in_table_name,
            in_keys       => in_keys,
            in_error      => sqlerrm
         );
   end capture_details;

   procedure capture_clients(
      in_table_name in varchar2,
      in_keys       in varchar2
   )
   is
   begin
      execute immediate 'begin crm_capture_branches.capture_clients(in_table_name => :1, in_keys => :2); end;'
         using in_table_name, in_keys;
   exception
      when others then
         keep_clients(
            in_table_name => in_table_name,
            in_keys       => in_keys,
            in_error      => sqlerrm
         );
   end capture_clients;

   procedure capture_budgets(
      in_table_name in varchar2,
      in_keys       in varchar2
   )
   is
   begin
      execute immediate 'begin crm_capture_budgets.capture(in_table_name => :1, in_keys => :2); end;'
         using in_table_name, in_keys;
   exception
      when others then
         log_values(
            in_table_name => in_table_name,
            in_error      => sqlerrm
         );
   end capture_budgets;

   procedure capture_orders(
      in_table_name in varchar2,
      in_keys       in varchar2
   )
   is
   begin
      execute immediate 'begin crm_capture_orders.capture(in_table_name => :1, in_keys => :2); end;'
         using in_table_name, in_keys;
   exception
      when others then
         log_values(
            in_table_name => in_table_name,
            in_error      => sqlerrm
         );
   end capture_orders;

   procedure report_lost(in_table_name in varchar2)
   is
   begin
      log_values(
         in_table_name => in_table_name,
         in_error      => 'the trigger could not note a row'
      );
   end report_lost;
end crm_capture;
/
