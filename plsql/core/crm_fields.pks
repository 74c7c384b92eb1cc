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
   The text of a member: of a string, and of a number or a truth value as JSON writes it; null when there is none.

   What get_string gives for a value that is not a string is not defined; everything reads through this.
   - @throws crm_err.e_invalid_json for an object or an array
   */
   function text_of(
      in_object in json_object_t,
      in_name   in varchar2
   ) return varchar2;

   /** The same of an element; the first has index 0. */
   function text_of(
      in_array in json_array_t,
      in_index in pls_integer
   ) return varchar2;

   /**
   The JSON object of a text.
   - @throws crm_err.e_invalid_json
   */
   function parsed(in_json in clob) return json_object_t;
end crm_fields;
/
