create or replace package crm_log
   authid definer
is
   /**
   The one logger. ERROR needs action by operations, WARN a look by the integration
   engineer, INFO nothing. No values of a record are ever written: keys and codes only.

   Owns:    error_log
   Commits: autonomous
   */

   /**
   Logs what failed, with error stack, backtrace and call stack; to be called in an exception handler.
   - @param in_scope    package and routine, lower case
   - @param in_context  JSON object, made of pair()
   */
   procedure error(
      in_scope   in varchar2,
      in_message in varchar2,
      in_context in varchar2 default null
   );

   /** Logs what somebody should look at; inside a handler with the error, outside without. */
   procedure warn(
      in_scope   in varchar2,
      in_message in varchar2,
      in_context in varchar2 default null
   );

   /** Logs for the record. */
   procedure info(
      in_scope   in varchar2,
      in_message in varchar2,
      in_context in varchar2 default null
   );

   /** One member of a context: "name":"value", escaped. Context = several of them joined by commas. */
   function pair(
      in_name  in varchar2,
      in_value in varchar2
   ) return varchar2 deterministic;
end crm_log;
/
