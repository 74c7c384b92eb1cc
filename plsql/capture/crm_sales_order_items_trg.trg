create or replace trigger crm_sales_order_items_trg
   for update of list_price, negotiated_price
   on erp.sales_order_items
   disable
   compound trigger
   t_ids crm_types.id_set_type;

   after each row is
   begin
      -- a new item has no deliveries yet, and one that is deleted has none any more
      if crm_capture.differs(:old.list_price, :new.list_price)
         or crm_capture.differs(:old.negotiated_price, :new.negotiated_price)
      then
         crm_capture.note_id(
            io_ids => t_ids,
            in_id  => :new.order_id
         );
      end if;
   end after each row;

   after statement is
   begin
      crm_capture.capture_orders(
         in_table_name => 'SALES_ORDER_ITEMS',
         in_order_ids  => t_ids
      );
   end after statement;
end crm_sales_order_items_trg;
/
