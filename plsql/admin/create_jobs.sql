-- Makes the jobs of the scheduler equal to the list in crm_jobs; can be repeated.
begin
   crm_jobs.create_all;
end;
/
