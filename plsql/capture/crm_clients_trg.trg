create or replace trigger crm_clients_trg
   for update of name
   on erp.clients
   disable
   compound trigger
   t_clients crm_types.client_code_set_type;

   after each row is
   begin
      if crm_capture.differs(:old.name, :new.name) then
         t_clients(:new.code) := 1;
      end if;
   end after each row;

   after statement is
   begin
      crm_capture.capture_clients(
         in_table_name => 'CLIENTS',
         in_clients    => t_clients
      );
   end after statement;
end crm_clients_trg;
/
