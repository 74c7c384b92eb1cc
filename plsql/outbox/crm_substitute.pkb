create or replace package body crm_substitute
is
   co_sales_rep constant crm_types.field_name_type := 'sales_rep';

   function image_of(
      in_document in crm_records.agreed_image%type,
      in_sent     in varchar2
   ) return crm_records.agreed_image%type
   is
      l_image json_object_t;
      l_sent  json_object_t;
      t_names json_key_list;
   begin
      if in_sent is null or in_document is null then
         return in_document;
      end if;
      l_image := json_object_t.parse(in_document);
      l_sent  := json_object_t.parse(in_sent);
      t_names := l_sent.get_keys;
      <<fields>>
      for i in 1 .. t_names.count loop
         l_image.put(t_names(i), crm_fields.text_of(l_sent, t_names(i)));
      end loop fields;
      return l_image.to_clob;
   end image_of;

   procedure note(
      in_record_key in crm_records.record_key%type,
      in_document   in crm_records.agreed_image%type,
      in_sent       in varchar2
   )
   is
      l_document    json_object_t;
      l_sent        json_object_t;
      l_substitutes json_object_t;
      l_pair        json_object_t;
      t_names       json_key_list;
      l_text        crm_records.substitutes%type;
   begin
      if in_sent is not null and in_document is not null then
         l_document    := json_object_t.parse(in_document);
         l_sent        := json_object_t.parse(in_sent);
         l_substitutes := json_object_t.parse('{}');
         t_names       := l_sent.get_keys;
         <<fields>>
         for i in 1 .. t_names.count loop
            l_pair := json_object_t.parse('{}');
            l_pair.put('value', crm_fields.text_of(l_document, t_names(i)));
            l_pair.put('sent', crm_fields.text_of(l_sent, t_names(i)));
            l_substitutes.put(t_names(i), l_pair);
         end loop fields;
         l_text := l_substitutes.to_string;
      end if;
      update crm_records r
         set r.substitutes = l_text
       where r.record_key = in_record_key
         and decode(r.substitutes, l_text, 0, 1) = 1;
   end note;

   -- null: nothing was replaced.
   function substitutes_of(in_record_key in crm_records.record_key%type) return varchar2
   is
      l_text crm_records.substitutes%type;
   begin
      select r.substitutes
        into l_text
        from crm_records r
       where r.record_key = in_record_key;
      return l_text;
   end substitutes_of;

   procedure see_through(
      in_record_key in            crm_records.record_key%type,
      io_erp        in out nocopy crm_types.fields_type,
      io_crm        in out nocopy crm_types.fields_type
   )
   is
      co_text       constant crm_records.substitutes%type := substitutes_of(in_record_key => in_record_key);
      l_substitutes json_object_t;
      t_names       json_key_list;
      l_value       crm_types.value_type;
      l_sent        crm_types.value_type;
   begin
      if co_text is null then
         return;
      end if;
      l_substitutes := json_object_t.parse(co_text);
      t_names       := l_substitutes.get_keys;
      <<fields>>
      for i in 1 .. t_names.count loop
         l_value := crm_fields.text_of(l_substitutes.get_object(t_names(i)), 'value');
         l_sent  := crm_fields.text_of(l_substitutes.get_object(t_names(i)), 'sent');
         if crm_fields.value_of(in_fields => io_erp, in_field_name => t_names(i)) = l_value
            and io_crm.exists(t_names(i))
         then
            if io_crm(t_names(i)) = l_sent then
               io_crm.delete(t_names(i));
            else
               io_erp(t_names(i)) := l_sent;
            end if;
         end if;
      end loop fields;
   end see_through;

   procedure forget_replaced(
      in_record_key in crm_records.record_key%type,
      in_erp        in crm_types.fields_type,
      in_image      in crm_types.fields_type
   )
   is
      l_text        crm_records.substitutes%type := substitutes_of(in_record_key => in_record_key);
      l_substitutes json_object_t;
      t_names       json_key_list;
      l_pair        json_object_t;
      l_now         crm_types.value_type;
      l_sent        crm_types.value_type;
      l_is_changed  boolean := false;
   begin
      if l_text is null then
         return;
      end if;
      l_substitutes := json_object_t.parse(l_text);
      t_names       := l_substitutes.get_keys;
      <<fields>>
      for i in 1 .. t_names.count loop
         l_pair := l_substitutes.get_object(t_names(i));
         l_now  := crm_fields.value_of(in_fields => in_erp, in_field_name => t_names(i));
         l_sent := crm_fields.value_of(in_fields => in_image, in_field_name => t_names(i));
         if coalesce(l_now, '-') <> crm_fields.text_of(l_pair, 'value')
            or coalesce(l_sent, '-') <> crm_fields.text_of(l_pair, 'sent')
         then
            l_substitutes.remove(t_names(i));
            l_is_changed := true;
         end if;
      end loop fields;
      if l_is_changed then
         l_text := nullif(l_substitutes.to_string, '{}');
         update crm_records r
            set r.substitutes = l_text
          where r.record_key = in_record_key;
      end if;
   end forget_replaced;

   procedure release(
      in_field_name   in  varchar2,
      in_known        in  clob,
      out_record_keys out crm_record_keys_ct
   )
   is
      cursor c_known is
         select r.record_key
           from crm_records r
          where r.substitutes is not null
            and json_value(r.substitutes, '$.sales_rep.value') in (
                   select k.value
                     from json_table(
                             in_known, '$[*]'
                             columns (value varchar2(100 char) path '$')
                          ) k
                )
            and r.lease_owner is null
            and r.agreed_hash is not null
            for update of r.agreed_hash skip locked;

      t_found crm_record_keys_ct;
      l_known json_element_t;
   begin
      if in_field_name is null or in_field_name <> co_sales_rep then
         crm_err.raise_error(
            in_number => crm_err.co_invalid_argument,
            in_detail => 'field_name = ' || in_field_name || ', allowed ' || co_sales_rep
         );
      end if;
      if in_known is not null then
         l_known := json_element_t.parse(in_known);
      end if;
      if l_known is null or not l_known.is_array then
         crm_err.raise_error(
            in_number => crm_err.co_invalid_json,
            in_detail => 'a JSON array of known values'
         );
      end if;
      open c_known;
      fetch c_known bulk collect into t_found;
      close c_known;
      out_record_keys := crm_record_keys_ct();
      -- Without a hash the next claim compares field by field. Asked again under the lock: a daemon may have leased the
      -- record before its row was locked.
      forall i in 1 .. t_found.count
         update crm_records r
            set r.agreed_hash = null
          where r.record_key = t_found(i)
            and r.substitutes is not null
            and r.lease_owner is null
            and r.agreed_hash is not null
         returning r.record_key bulk collect into out_record_keys;
   exception
      when crm_err.e_json_syntax then
         crm_err.raise_error(
            in_number => crm_err.co_invalid_json,
            in_detail => 'a JSON array of known values'
         );
   end release;
end crm_substitute;
/
