-- Source: PL/SQL Language Reference, "PL/SQL Scalar Data Types"; "Predefined Exceptions"

declare
   n number(3);
   procedure try(in_value in number) is
   begin
      n := in_value;
      dbms_output.put_line(n);
   exception
      when value_error then
         dbms_output.put_line('value error ' || sqlcode);
   end try;
begin
   try(12.5);
   try(999.4);
   try(1000);
   dbms_output.put_line(0.5);
   dbms_output.put_line(-0.25);
   dbms_output.put_line(1 / 4);
   dbms_output.put_line(2 ** 10);
   dbms_output.put_line(7 mod 4);
end;
/
-- expect output: 13
-- expect output: 999
-- expect output: value error -6502
-- expect output: .5
-- expect output: -.25
-- expect output: .25
-- expect output: 1024
-- expect output: 3

declare
   i pls_integer := 2147483647;
begin
   i := i + 1;
end;
/
-- expect error: ORA-01426

declare
   p positive := 1;
begin
   p := 0;
end;
/
-- expect error: ORA-06502

begin
   dbms_output.put_line(1 / (2 - 2));
exception
   when zero_divide then
      dbms_output.put_line(sqlerrm);
end;
/
-- expect output: ORA-01476: divisor is equal to zero
