create or replace package body crm_watch
is
   type trigger_type is record (
      trigger_name user_triggers.trigger_name%type,
      state        varchar2(10 char),
      validity     user_objects.status%type
   );
   type triggers_type is table of trigger_type;

   procedure keep(
      in_metric in crm_figures.metric%type,
      in_value  in crm_figures.value%type
   )
   is
   begin
      merge into crm_figures tgt
      using (select in_metric as metric from sys.dual) src
         on (tgt.metric = src.metric)
       when matched then
            update
               set tgt.value    = in_value,
                   tgt.taken_on = systimestamp
       when not matched then
            insert (metric, value)
            values (src.metric, in_value);
   end keep;

   procedure count_sizes
   is
      l_total  crm_figures.value%type;
      l_agreed crm_figures.value%type;
      l_found  pls_integer;
   begin
      select count(*)
        into l_total
        from erp.branches b
       where b.integrate_crm = 'S';
      select count(*)
        into l_agreed
        from crm_records r
       where r.agreed_hash is not null;
      keep(
         in_metric => 'records_total',
         in_value  => l_total
      );
      keep(
         in_metric => 'records_agreed',
         in_value  => l_agreed
      );
      crm_reconcile.find_missing_ids(out_found => l_found);
   end count_sizes;

   procedure alter_trigger(
      in_trigger_name in varchar2,
      in_action       in varchar2
   )
   is
   begin
      -- plsqlcheck: allow dynamic-text because DDL takes no binds; the name is of a list of this schema
      execute immediate 'alter trigger ' || in_trigger_name || ' ' || in_action;
   exception
      when crm_err.e_compiled_with_errors then
         null; -- the status says so
   end alter_trigger;

   function is_invalid(in_trigger_name in varchar2) return boolean
   is
      l_invalid pls_integer;
   begin
      select count(*)
        into l_invalid
        from user_objects o
       where o.object_name = in_trigger_name
         and o.object_type = 'TRIGGER'
         and o.status = 'INVALID';
      return l_invalid > 0;
   end is_invalid;

   -- A valid trigger, or one that stops nobody.
   procedure mend(in_trigger_name in varchar2)
   is
   begin
      alter_trigger(
         in_trigger_name => in_trigger_name,
         in_action       => 'compile'
      );
      if is_invalid(in_trigger_name => in_trigger_name) then
         alter_trigger(
            in_trigger_name => in_trigger_name,
            in_action       => 'disable'
         );
         crm_log.error(
            in_scope   => 'crm_watch.mend',
            in_message => 'a trigger of capture is invalid: switched off, so that the ERP goes on without it',
            in_context => crm_log.pair(
               in_name  => 'trigger_name',
               in_value => in_trigger_name
            )
         );
      end if;
   end mend;

   -- The triggers that must be there, and what the dictionary says of each; a deployment may hold them.
   function triggers return triggers_type
   is
      cursor c_triggers is
         select /*+ cardinality(e 10) */ e.column_value as trigger_name,
                case
                   when t.trigger_name is null then 'MISSING'
                   when t.status = 'ENABLED' and o.status = 'INVALID' then 'INVALID'
                   when t.status = 'ENABLED' then 'ON'
                   when h.trigger_name is not null then 'HELD'
                   else 'OFF'
                end as state,
                o.status as validity
           from table(crm_record_keys_ct(
                   'CRM_BRANCHES_TRG', 'CRM_BUDGETS_TRG', 'CRM_BUDGET_DELIVERIES_TRG', 'CRM_BUDGET_ITEMS_TRG',
                   'CRM_CLIENTS_TRG', 'CRM_CONTACTS_TRG', 'CRM_CREDIT_LIMIT_HISTORY_TRG', 'CRM_SALES_ORDERS_TRG',
                   'CRM_SALES_ORDER_DELIVERIES_TRG', 'CRM_SALES_ORDER_ITEMS_TRG'
                )) e
           left join user_triggers t
             on t.trigger_name = e.column_value
           left join user_objects o
             on o.object_name = e.column_value
            and o.object_type = 'TRIGGER'
           left join crm_capture_holds h
             on h.trigger_name = e.column_value
            and h.was_enabled = 'S'
            and h.ended_on is null
          order by e.column_value;
      t_triggers triggers_type;
   begin
      open c_triggers;
      fetch c_triggers bulk collect into t_triggers;
      close c_triggers;
      return t_triggers;
   end triggers;

   -- What crm_status_v shows now; 0 before the first look.
   function known(in_metric in crm_figures.metric%type) return crm_figures.value%type
   is
      l_value crm_figures.value%type;
   begin
      select coalesce(max(f.value), 0)
        into l_value
        from crm_figures f
       where f.metric = in_metric;
      return l_value;
   end known;

   procedure keep_state(
      in_metric in crm_figures.metric%type,
      in_count  in pls_integer,
      in_names  in varchar2
   )
   is
   begin
      if in_count > known(in_metric => in_metric) then
         crm_log.error(
            in_scope   => 'crm_watch.watch_capture',
            in_message => 'changes are not captured, ' || in_metric,
            in_context => crm_log.pair(
               in_name  => 'triggers',
               in_value => in_names
            )
         );
      end if;
      keep(
         in_metric => in_metric,
         in_value  => in_count
      );
   end keep_state;

   procedure watch_capture
   is
      t_triggers triggers_type := triggers;
      l_missing  pls_integer := 0;
      l_off      pls_integer := 0;
      l_invalid  pls_integer := 0;
      l_names    varchar2(1000 char);
   begin
      <<found>>
      for i in 1 .. t_triggers.count loop
         if t_triggers(i).state = 'INVALID' then
            mend(in_trigger_name => t_triggers(i).trigger_name);
         end if;
      end loop found;
      t_triggers := triggers;
      <<states>>
      for i in 1 .. t_triggers.count loop
         l_missing := l_missing + case t_triggers(i).state when 'MISSING' then 1 else 0 end;
         l_off     := l_off + case t_triggers(i).state when 'OFF' then 1 else 0 end;
         l_invalid := l_invalid + case t_triggers(i).validity when 'INVALID' then 1 else 0 end;
         if t_triggers(i).state in ('MISSING', 'OFF', 'INVALID') then
            l_names := l_names || ' ' || t_triggers(i).trigger_name;
         end if;
      end loop states;
      keep_state(
         in_metric => 'capture_triggers_missing',
         in_count  => l_missing,
         in_names  => l_names
      );
      keep_state(
         in_metric => 'capture_triggers_off',
         in_count  => l_off,
         in_names  => l_names
      );
      keep_state(
         in_metric => 'capture_triggers_invalid',
         in_count  => l_invalid,
         in_names  => l_names
      );
   end watch_capture;
end crm_watch;
/
