create or replace trigger crm_sales_order_deliveries_trg
   for insert
    or delete
    or update of deliver_on, quantity
   on erp.sales_order_deliveries
   disable
   compound trigger
   t_ids crm_types.id_set_type;

   after each row is
   begin
      if inserting
         or deleting
         or crm_capture.differs(:old.quantity, :new.quantity)
         or :old.deliver_on <> :new.deliver_on
      then
         crm_capture.note_id(
            io_ids => t_ids,
            in_id  => coalesce(:new.order_id, :old.order_id)
         );
      end if;
   end after each row;

   after statement is
   begin
      crm_capture.capture_orders(
         in_table_name => 'SALES_ORDER_DELIVERIES',
         in_order_ids  => t_ids
      );
   end after statement;
end crm_sales_order_deliveries_trg;
/
