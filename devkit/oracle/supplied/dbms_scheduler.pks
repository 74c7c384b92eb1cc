create or replace package dbms_scheduler authid current_user is
   logging_off         constant pls_integer := 32;
   logging_runs        constant pls_integer := 64;
   logging_failed_runs constant pls_integer := 128;
   logging_full        constant pls_integer := 256;

   procedure create_job(
      job_name            in varchar2,
      job_type            in varchar2,
      job_action          in varchar2,
      number_of_arguments in pls_integer              default 0,
      start_date          in timestamp with time zone default null,
      repeat_interval     in varchar2                 default null,
      end_date            in timestamp with time zone default null,
      job_class           in varchar2                 default 'DEFAULT_JOB_CLASS',
      enabled             in boolean                  default false,
      auto_drop           in boolean                  default true,
      comments            in varchar2                 default null
   );
   procedure drop_job(
      job_name         in varchar2,
      force            in boolean  default false,
      defer            in boolean  default false,
      commit_semantics in varchar2 default 'STOP_ON_FIRST_ERROR'
   );
   procedure enable(name in varchar2, commit_semantics in varchar2 default 'STOP_ON_FIRST_ERROR');
   procedure disable(
      name             in varchar2,
      force            in boolean  default false,
      commit_semantics in varchar2 default 'STOP_ON_FIRST_ERROR'
   );
   procedure run_job(job_name in varchar2, use_current_session in boolean default true);
   procedure set_attribute(name in varchar2, attribute in varchar2, value in varchar2);
end dbms_scheduler;
/
