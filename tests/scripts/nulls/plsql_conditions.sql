-- Source: PL/SQL Language Reference, "Logical Operators", "CASE Statement"

declare
   b boolean;
   n number;
begin
   if b then
      dbms_output.put_line('true');
   elsif not b then
      dbms_output.put_line('false');
   else
      dbms_output.put_line('unknown');
   end if;
   if b or true then
      dbms_output.put_line('null or true is true');
   end if;
   if not (b and false) then
      dbms_output.put_line('null and false is false');
   end if;
   if (n = n) is null then
      dbms_output.put_line('null = null is null');
   end if;
   case n
      when null then dbms_output.put_line('never');
      else dbms_output.put_line('else');
   end case;
end;
/
-- expect output: unknown
-- expect output: null or true is true
-- expect output: null and false is false
-- expect output: null = null is null
-- expect output: else
