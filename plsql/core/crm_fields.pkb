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
