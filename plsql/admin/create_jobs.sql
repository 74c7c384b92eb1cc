-- Makes the jobs of the scheduler equal to the list in crm_jobs; can be repeated.
-- Again with: plsql/api/crm_jobs.pks, plsql/api/crm_jobs.pkb
begin
   crm_jobs.create_all;
end;
/
-- the first figures; from here on the jobs take them
begin
   crm_jobs.run_figures;
   commit;
end;
/
