create or replace package crm_log
   authid definer
is
   /**
   The one logger, and the keeper of capture gaps. ERROR needs action by operations, WARN a look by the integration
   engineer, INFO nothing. No values of a record are ever written: keys and codes only.

   Owns:    error_log, and the rows that are added to crm_capture_gaps
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

   /**
   Keeps the branches whose change could not be captured, and why.
   - @param in_record_keys  exact keys; null or empty when only clients are known
   - @param in_client_codes clients all of whose branches are concerned
   */
   procedure keep_gaps(
      in_table_name   in varchar2,
      in_record_keys  in crm_record_keys_ct,
      in_client_codes in crm_ids_ct
   );
end crm_log;
/
