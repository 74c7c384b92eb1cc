create or replace trigger crm_budget_deliveries_trg
   for insert
    or delete
    or update of deliver_on, min_quantity, approved
   on erp.budget_deliveries
   disable
   compound trigger
   -- names no object but its table: whatever else becomes invalid, it does not, and the statement of the ERP succeeds
   type key_set_type is table of pls_integer index by varchar2(40 char);
   t_keys    key_set_type;
   l_is_lost boolean := false;

   function differs(
      in_old in varchar2,
      in_new in varchar2
   ) return boolean
   is
   begin
      return case
                when in_old is null then in_new is not null
                when in_new is null then true
                else in_old <> in_new
             end;
   end differs;

   function differs(
      in_old in number,
      in_new in number
   ) return boolean
   is
   begin
      return case
                when in_old is null then in_new is not null
                when in_new is null then true
                else in_old <> in_new
             end;
   end differs;

   procedure note(in_id in number)
   is
   begin
      if in_id is not null then
         t_keys(to_char(in_id)) := 1;
      end if;
   end note;

   after each row is
   begin
      -- only approved deliveries have a value
      if (deleting or updating)
         and :old.approved = 'S'
         and (
               deleting
               or differs(:old.approved, :new.approved)
               or differs(:old.min_quantity, :new.min_quantity)
               or :old.deliver_on <> :new.deliver_on
         )
         or (inserting or updating)
         and :new.approved = 'S'
         and (
               inserting
               or differs(:old.approved, :new.approved)
         )
      then
         note(in_id => coalesce(:new.budget_id, :old.budget_id));
      end if;
   exception
      when others then
         l_is_lost := true;
   end after each row;

   after statement is
      co_piece constant pls_integer := 4000;
      l_keys   varchar2(5000 char);
      l_key    varchar2(40 char);
   begin
      l_key := t_keys.first;
      <<keys>>
      while l_key is not null loop
         l_keys := l_keys || ' ' || l_key;
         l_key  := t_keys.next(l_key);
         if l_key is null or length(l_keys) > co_piece then
            execute immediate 'begin crm_capture.capture_budgets(in_table_name => :1, in_keys => :2); end;'
               using 'BUDGET_DELIVERIES', l_keys;
            l_keys := null;
         end if;
      end loop keys;
      if l_is_lost then
         execute immediate 'begin crm_capture.report_lost(in_table_name => :1); end;' using 'BUDGET_DELIVERIES';
      end if;
   exception
      when others then
         null; -- what cannot be captured, and not even kept as a gap, is found by the next comparison
   end after statement;
end crm_budget_deliveries_trg;
/
