create or replace package crm_test_jobs
   authid definer
is
   --%suite(jobs: what the scheduler of the database does)
   --%suitepath(crm)
   --%rollback(manual)

   --%aftereach
   procedure restore;

   --%test(the jobs of the list are there and enabled)
   procedure jobs_are_there;

   --%test(creating them again changes nothing)
   procedure created_twice;

   --%test(a job that is missing, one with another schedule and one that is unknown are put right)
   procedure put_right;

   --%test(dropping them leaves none)
   procedure dropped;

   --%test(the job of the leases takes back the work of a dead daemon)
   procedure leases_end;

   --%test(the job of the values runs without a difference)
   procedure values_job_runs;

   --%test(a wake-up that AQ gave up is taken away and logged)
   procedure given_up_wake_up;
end crm_test_jobs;
/
