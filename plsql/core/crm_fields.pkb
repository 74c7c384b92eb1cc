create or replace package body crm_fields
is
   function value_of(
      in_fields     in crm_types.fields_type,
      in_field_name in crm_types.field_name_type
   ) return varchar2
   is
   begin
      return case when in_fields.exists(in_field_name) then in_fields(in_field_name) end;
   end value_of;

   /** The text of an element that is neither null nor a string. */
   function plain_text_of(in_element in json_element_t) return varchar2
   is
   begin
      if in_element.is_object or in_element.is_array then
         crm_err.raise_error(
            in_number => crm_err.co_invalid_json,
            in_detail => 'a text, not an object or an array'
         );
      end if;
      return in_element.to_string;
   end plain_text_of;

   function text_of(
      in_object in json_object_t,
      in_name   in varchar2
   ) return varchar2
   is
      l_element json_element_t;
   begin
      if not in_object.has(in_name) then
         return null;
      end if;
      l_element := in_object.get(in_name);
      if l_element.is_null then
         return null;
      elsif l_element.is_string then
         return in_object.get_string(in_name);
      end if;
      return plain_text_of(in_element => l_element);
   end text_of;

   function text_of(
      in_array in json_array_t,
      in_index in pls_integer
   ) return varchar2
   is
      l_element json_element_t;
   begin
      if in_index < 0 or in_index >= in_array.get_size then
         return null;
      end if;
      l_element := in_array.get(in_index);
      if l_element.is_null then
         return null;
      elsif l_element.is_string then
         return in_array.get_string(in_index);
      end if;
      return plain_text_of(in_element => l_element);
   end text_of;

   function parsed(in_json in clob) return json_object_t
   is
   begin
      return json_object_t.parse(in_json);
   exception
      when crm_err.e_json_syntax then
         crm_err.raise_error(
            in_number => crm_err.co_invalid_json,
            in_detail => 'a JSON object'
         );
   end parsed;
end crm_fields;
/
