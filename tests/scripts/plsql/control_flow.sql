-- Source: PL/SQL Language Reference, "PL/SQL Control Statements"

declare
   l_text varchar2(100);
   i number := 100;
begin
   for i in 1 .. 3 loop
      l_text := l_text || i;
   end loop;
   dbms_output.put_line(l_text || ' ' || i);
   l_text := null;
   for j in reverse 1 .. 3 loop
      l_text := l_text || j;
   end loop;
   for j in 3 .. 1 loop
      l_text := l_text || 'never';
   end loop;
   dbms_output.put_line(l_text);
   l_text := null;
   <<outer>>
   for a in 1 .. 3 loop
      for b in 1 .. 3 loop
         continue outer when b = 2 and a = 1;
         exit outer when a = 3;
         l_text := l_text || a || b || ' ';
      end loop;
   end loop outer;
   dbms_output.put_line(rtrim(l_text));
   i := 0;
   while i < 3 loop
      i := i + 1;
      continue when i = 2;
      dbms_output.put_line('while ' || i);
   end loop;
   i := 0;
   <<again>>
   i := i + 1;
   if i < 3 then
      goto again;
   end if;
   dbms_output.put_line('goto ' || i);
   i := 2;
   for k in 1 .. i loop
      i := 10;
   end loop;
   dbms_output.put_line('bounds are read once');
end;
/
-- expect output: 123 100
-- expect output: 321
-- expect output: 11 21 22 23
-- expect output: while 1
-- expect output: while 3
-- expect output: goto 3
-- expect output: bounds are read once

begin
   case 5 when 1 then null; end case;
end;
/
-- expect error: ORA-06592
