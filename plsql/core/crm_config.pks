create or replace package crm_config
   authid definer
is
   /**
   Settings of the database side, read each time: a change of a row works at once.

   Owns:    crm_settings (rows are changed by people)
   Commits: never
   */
   co_max_failures           constant crm_settings.name%type := 'max_failures';
   co_deferred_seconds       constant crm_settings.name%type := 'deferred_seconds';
   co_sales_rep_default      constant crm_settings.name%type := 'sales_rep_default';
   co_conversion_street      constant crm_settings.name%type := 'conversion_street';
   co_conversion_branch_code constant crm_settings.name%type := 'conversion_branch_code';
   co_echo_seconds           constant crm_settings.name%type := 'echo_seconds';
   co_missing_seconds        constant crm_settings.name%type := 'missing_recheck_seconds';
   co_default_credit_limit   constant crm_settings.name%type := 'default_credit_limit';
   co_run_margin_seconds     constant crm_settings.name%type := 'run_margin_seconds';
   co_payload_days           constant crm_settings.name%type := 'retention_payload_days';
   co_row_days               constant crm_settings.name%type := 'retention_row_days';
   co_decision_days          constant crm_settings.name%type := 'retention_decision_days';
   co_ended_days             constant crm_settings.name%type := 'retention_ended_days';
   co_worker_live_seconds    constant crm_settings.name%type := 'worker_live_seconds';

   co_take_contacts          constant crm_settings.name%type := 'take_contacts';
   co_loop_deliveries        constant crm_settings.name%type := 'loop_deliveries';
   co_hold_seconds           constant crm_settings.name%type := 'hold_seconds';
   co_loop_minutes           constant crm_settings.name%type := 'loop_minutes';

   /**
   Value of a setting as a number.
   - @throws crm_err.e_invalid_setting
   */
   function number_value(in_name in crm_settings.name%type) return number;

   /**
   Value of a setting.
   - @throws crm_err.e_invalid_setting
   */
   function text_value(in_name in crm_settings.name%type) return varchar2;
end crm_config;
/
