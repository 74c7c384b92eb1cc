create or replace package body crm_forgotten
is
   function is_forgotten(in_crm_id in crm_forgotten_records.crm_id%type) return boolean
   is
      l_known pls_integer;
   begin
      select count(*)
        into l_known
        from crm_forgotten_records f
       where f.crm_id = in_crm_id;
      return l_known > 0;
   end is_forgotten;

   procedure note(
      in_record_key in crm_forgotten_records.record_key%type,
      in_crm_id     in crm_forgotten_records.crm_id%type
   )
   is
   begin
      merge into crm_forgotten_records tgt
      using (
               select in_record_key as record_key, in_crm_id as crm_id
                 from dual
            ) src
         on (tgt.record_key = src.record_key)
       when matched then
            update
               set tgt.crm_id       = coalesce(src.crm_id, tgt.crm_id),
                   tgt.forgotten_on = systimestamp
       when not matched then
            insert (record_key, crm_id)
            values (src.record_key, src.crm_id);
   end note;

   procedure lift(
      in_record_key in  crm_forgotten_records.record_key%type,
      out_lifted    out pls_integer
   )
   is
   begin
      delete from crm_forgotten_records f
       where f.record_key = in_record_key;
      out_lifted := sql%rowcount;
   end lift;
end crm_forgotten;
/
