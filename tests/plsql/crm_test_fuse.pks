create or replace package crm_test_fuse
   authid definer
is
   --%suite(fuse: two sides that answer each other without end)
   --%suitepath(crm)

   --%beforeeach
   procedure prepare;

   --%test(deliveries that each follow a change from the CRM are parked when there are too many)
   procedure loop_is_parked;

   --%test(deliveries without a change from the CRM between them never blow the fuse)
   procedure edits_alone_flow;

   --%test(what is spread over more than the minutes of the fuse flows)
   procedure slow_exchange_flows;

   --%test(other records flow while one is parked)
   procedure others_flow;

   --%test(a person who tries the record again mends the fuse)
   procedure replay_mends;

   --%test(a newer change is parked too until the minutes are over, then it flows)
   procedure flows_after_the_minutes;
end crm_test_fuse;
/
