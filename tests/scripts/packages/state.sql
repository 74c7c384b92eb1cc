-- Source: PL/SQL Language Reference, "Package State", "Package Instantiation and Initialization"

create package p authid definer is
   co_limit constant number := 3;
   function next_value return number;
   procedure reset;
end p;
/
create package body p is
   g_value number := 10;
   function hidden return number is
   begin
      return 1;
   end hidden;
   function next_value return number is
   begin
      g_value := g_value + hidden;
      return g_value;
   end next_value;
   procedure reset is
   begin
      g_value := 0;
   end reset;
begin
   g_value := g_value * 10;
end p;
/
begin
   dbms_output.put_line(p.next_value || ' ' || p.co_limit);
end;
/
-- expect output: 101 3
rollback;
begin
   dbms_output.put_line(p.next_value);
end;
/
-- expect output: 102
connect other
begin
   dbms_output.put_line(p.next_value);
end;
/
-- expect output: 101
begin
   dbms_output.put_line(p.hidden);
end;
/
-- expect error: ORA-06550: line 2, column 27:
connect main
begin
   p.reset;
   dbms_output.put_line(p.next_value);
end;
/
-- expect output: 1
select p.next_value from dual;
-- expect: 2
