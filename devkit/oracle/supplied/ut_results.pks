create or replace package ut_results authid current_user is
   procedure take(results out varchar2);
end ut_results;
/
