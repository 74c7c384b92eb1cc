create or replace package body crm_log
is
   co_error     constant error_log.severity%type := 'ERROR';
   co_warn      constant error_log.severity%type := 'WARN';
   co_info      constant error_log.severity%type := 'INFO';
   co_max_text  constant pls_integer := 4000;
   co_max_short constant pls_integer := 1000;

   procedure write(
      in_severity  in error_log.severity%type,
      in_scope     in varchar2,
      in_message   in varchar2,
      in_context   in varchar2,
      in_errorcode in error_log.errorcode%type,
      in_stack     in varchar2,
      in_backtrace in varchar2
   )
   is
      pragma autonomous_transaction;
      co_callstack constant error_log.callstack%type := substr(sys.dbms_utility.format_call_stack, 1, co_max_text);
   begin
      insert into error_log (
         severity, scope, message, errorcode, callstack, errorstack, backtrace, error_info
      ) values (
         in_severity,
         in_scope,
         substr(in_message, 1, co_max_short),
         in_errorcode,
         co_callstack,
         substr(in_stack, 1, co_max_text),
         substr(in_backtrace, 1, co_max_text),
         case when in_context is not null then substr('{' || in_context || '}', 1, co_max_text) end
      );
      commit;
   end write;

   procedure write_with_error(
      in_severity in error_log.severity%type,
      in_scope    in varchar2,
      in_message  in varchar2,
      in_context  in varchar2
   )
   is
      co_code constant pls_integer := sqlcode;
   begin
      write(
         in_severity  => in_severity,
         in_scope     => in_scope,
         in_message   => in_message,
         in_context   => in_context,
         in_errorcode => case when co_code <> 0 then co_code end,
         in_stack     => case when co_code <> 0 then sys.dbms_utility.format_error_stack end,
         in_backtrace => case when co_code <> 0 then sys.dbms_utility.format_error_backtrace end
      );
   end write_with_error;

   procedure error(
      in_scope   in varchar2,
      in_message in varchar2,
      in_context in varchar2 default null
   )
   is
   begin
      write_with_error(
         in_severity => co_error,
         in_scope    => in_scope,
         in_message  => in_message,
         in_context  => in_context
      );
   end error;

   procedure warn(
      in_scope   in varchar2,
      in_message in varchar2,
      in_context in varchar2 default null
   )
   is
   begin
      write_with_error(
         in_severity => co_warn,
         in_scope    => in_scope,
         in_message  => in_message,
         in_context  => in_context
      );
   end warn;

   procedure info(
      in_scope   in varchar2,
      in_message in varchar2,
      in_context in varchar2 default null
   )
   is
   begin
      write(
         in_severity  => co_info,
         in_scope     => in_scope,
         in_message   => in_message,
         in_context   => in_context,
         in_errorcode => null,
         in_stack     => null,
         in_backtrace => null
      );
   end info;

   function pair(
      in_name  in varchar2,
      in_value in varchar2
   ) return varchar2 deterministic
   is
   begin
      return '"' || in_name || '":'
             || case
                   when in_value is null then 'null'
                   else '"' || replace(replace(in_value, '\', '\\'), '"', '\"') || '"'
                end;
   end pair;
end crm_log;
/
