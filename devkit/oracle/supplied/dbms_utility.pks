create or replace package dbms_utility authid current_user is
   function format_error_stack return varchar2;
   function format_error_backtrace return varchar2;
   function format_call_stack return varchar2;
   function get_time return number;
   function get_cpu_time return number;
   function get_hash_value(name in varchar2, base in number, hash_size in number) return number;
   procedure compile_schema(
      schema         in varchar2,
      compile_all    in boolean default true,
      reuse_settings in boolean default false
   );
   procedure db_version(version out varchar2, compatibility out varchar2);
   function wait_on_pending_dml(
      tables  in     varchar2,
      timeout in     binary_integer,
      scn     in out number
   ) return boolean;
end dbms_utility;
/
