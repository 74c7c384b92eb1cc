create or replace package body crm_changes
is
   procedure append(
      in_record_keys in  crm_record_keys_ct,
      in_origin      in  crm_types.origin_type,
      out_event_ids  out crm_ids_ct,
      out_versions   out crm_ids_ct
   )
   is
   begin
      out_event_ids := crm_ids_ct();
      out_versions  := crm_ids_ct();
      if in_record_keys.count = 0 then
         return;
      end if;
      forall i in 1 .. in_record_keys.count
         insert into crm_outbox_events (
            record_key, version, origin
         ) values (
            in_record_keys(i), crm_versions_seq.nextval, in_origin
         )
         returning event_id, version bulk collect into out_event_ids, out_versions;
   end append;
end crm_changes;
/
