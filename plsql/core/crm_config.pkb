create or replace package body crm_config
is
   function number_value(in_name in crm_settings.name%type) return number
   is
      l_value crm_settings.value%type;
   begin
      select s.value
        into l_value
        from crm_settings s
       where s.name = in_name;
      return to_number(l_value);
   exception
      when no_data_found or value_error or invalid_number then
         crm_err.raise_error(
            in_number => crm_err.co_invalid_setting,
            in_detail => in_name
         );
   end number_value;

   function text_value(in_name in crm_settings.name%type) return varchar2
   is
      l_value crm_settings.value%type;
   begin
      select s.value
        into l_value
        from crm_settings s
       where s.name = in_name;
      return l_value;
   exception
      when no_data_found then
         crm_err.raise_error(
            in_number => crm_err.co_invalid_setting,
            in_detail => in_name
         );
   end text_value;
end crm_config;
/
