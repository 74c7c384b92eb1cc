create or replace trigger crm_credit_limit_history_trg
   for insert
    or delete
    or update of client_code, branch_code, changed_on, financial_analysis
   on erp.credit_limit_history
   disable
   compound trigger
   -- names no object but its table: whatever else becomes invalid, it does not, and the statement of the ERP succeeds
   type key_set_type is table of pls_integer index by varchar2(40 char);
   t_keys    key_set_type;
   l_is_lost boolean := false;

   procedure note(
      in_client_code in number,
      in_branch_code in number
   )
   is
   begin
      t_keys(in_client_code || '-' || in_branch_code) := 1;
   end note;

   after each row is
   begin
      if deleting or updating then
         note(
            in_client_code => :old.client_code,
            in_branch_code => :old.branch_code
         );
      end if;
      if inserting or updating then
         note(
            in_client_code => :new.client_code,
            in_branch_code => :new.branch_code
         );
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
            execute immediate 'begin crm_capture.capture_details(in_table_name => :1, in_keys => :2); end;'
               using 'CREDIT_LIMIT_HISTORY', l_keys;
            l_keys := null;
         end if;
      end loop keys;
      if l_is_lost then
         execute immediate 'begin crm_capture.report_lost(in_table_name => :1); end;' using 'CREDIT_LIMIT_HISTORY';
      end if;
   exception
      when others then
         null; -- what cannot be captured, and not even kept as a gap, is found by the next comparison
   end after statement;
end crm_credit_limit_history_trg;
/
