-- Source: PL/SQL Language Reference, "Exception Propagation", "Reraising Current Exception"

begin
   declare
      n number(1) := 100;
   begin
      null;
   exception
      when value_error then dbms_output.put_line('never');
   end;
exception
   when value_error then dbms_output.put_line('outer block');
end;
/
-- expect output: outer block

begin
   begin
      raise no_data_found;
   exception
      when no_data_found then
         dbms_output.put_line('first');
         raise;
   end;
exception
   when others then dbms_output.put_line('second ' || sqlcode);
end;
/
-- expect output: first
-- expect output: second 100

begin
   begin
      raise no_data_found;
   exception
      when no_data_found then
         raise zero_divide;
   end;
exception
   when zero_divide then dbms_output.put_line('the later one');
end;
/
-- expect output: the later one

create procedure fails is
begin
   raise_application_error(-20001, 'deep');
end fails;
/
begin
   fails;
end;
/
-- expect error: ORA-20001: deep

declare
   e exception;
begin
   raise e;
end;
/
-- expect error: ORA-06510

begin
   raise_application_error(-19999, 'out of range');
end;
/
-- expect error: ORA-21000
