create or replace package body crm_origin
is
   co_prefix constant varchar2(10 char) := 'crm_apply ';

   procedure begin_apply(in_record_key in crm_types.record_key_type)
   is
   begin
      sys.dbms_application_info.set_client_info(
         co_prefix || sys.dbms_transaction.local_transaction_id(create_transaction => true) || ' ' || in_record_key
      );
   end begin_apply;

   procedure end_apply
   is
   begin
      sys.dbms_application_info.set_client_info(null);
   end end_apply;

   function applying return crm_types.record_key_type
   is
      co_client_info constant varchar2(64 char) := sys_context('USERENV', 'CLIENT_INFO');
      l_mark         varchar2(64 char);
   begin
      if co_client_info not like co_prefix || '%' or co_client_info is null then
         return null;
      end if;
      l_mark := co_prefix || sys.dbms_transaction.local_transaction_id || ' ';
      return case
                when substr(co_client_info, 1, length(l_mark)) = l_mark then substr(co_client_info, length(l_mark) + 1)
             end;
   end applying;
end crm_origin;
/
