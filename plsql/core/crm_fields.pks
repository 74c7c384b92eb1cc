create or replace package crm_fields
   authid definer
is
   /**
   Values of a record by the name of their field.

   Owns:    nothing
   Commits: never
   */

   /** The value of a field; null when it is empty, and when the record does not have it. */
   function value_of(
      in_fields     in crm_types.fields_type,
      in_field_name in crm_types.field_name_type
   ) return varchar2;

   /**
   The JSON object of a text.
   - @throws crm_err.e_invalid_json
   */
   function parsed(in_json in clob) return json_object_t;
end crm_fields;
/
