create or replace package dbms_assert authid current_user is
   function enquote_literal(str in varchar2) return varchar2;
   function enquote_name(str in varchar2, capitalize in boolean default true) return varchar2;
   function noop(str in varchar2) return varchar2;
   function qualified_sql_name(str in varchar2) return varchar2;
   function schema_name(str in varchar2) return varchar2;
   function simple_sql_name(str in varchar2) return varchar2;
   function sql_object_name(str in varchar2) return varchar2;
end dbms_assert;
/
