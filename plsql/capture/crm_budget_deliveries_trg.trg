create or replace trigger crm_budget_deliveries_trg
   for insert
    or delete
    or update of deliver_on, min_quantity, approved
   on erp.budget_deliveries
   disable
   compound trigger
   t_ids crm_types.id_set_type;

   after each row is
   begin
      -- only approved deliveries have a value
      if (deleting or updating)
         and :old.approved = crm_types.co_yes
         and (
               deleting
               or crm_capture.differs(:old.approved, :new.approved)
               or crm_capture.differs(:old.min_quantity, :new.min_quantity)
               or :old.deliver_on <> :new.deliver_on
         )
         or (inserting or updating)
         and :new.approved = crm_types.co_yes
         and (
               inserting
               or crm_capture.differs(:old.approved, :new.approved)
         )
      then
         crm_capture.note_id(
            io_ids => t_ids,
            in_id  => coalesce(:new.budget_id, :old.budget_id)
         );
      end if;
   end after each row;

   after statement is
   begin
      crm_capture.capture_budgets(
         in_table_name => 'BUDGET_DELIVERIES',
         in_budget_ids => t_ids
      );
   end after statement;
end crm_budget_deliveries_trg;
/
