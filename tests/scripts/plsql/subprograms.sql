-- Source: PL/SQL Language Reference, "PL/SQL Subprograms"

declare
   l number := 1;
   t varchar2(30);
   procedure later(in_a in number);
   procedure p(in_a in number, in_b in number default 2, in_c in number default 3) is
   begin
      dbms_output.put_line(in_a || in_b || in_c);
   end p;
   procedure kind(in_a in number) is
   begin
      dbms_output.put_line('number');
   end kind;
   procedure kind(in_a in varchar2) is
   begin
      dbms_output.put_line('text');
   end kind;
   procedure later(in_a in number) is
   begin
      if in_a > 0 then
         dbms_output.put_line('later ' || in_a);
         later(in_a - 1);
      end if;
   end later;
   procedure change(out_a out number, io_b in out varchar2) is
   begin
      dbms_output.put_line(nvl(to_char(out_a), 'out starts as null'));
      out_a := 5;
      io_b := io_b || '!';
   end change;
   procedure change_and_fail(io_a in out number) is
   begin
      io_a := 99;
      raise no_data_found;
   end change_and_fail;
   function fact(in_n in number) return number is
   begin
      return case when in_n < 2 then 1 else in_n * fact(in_n - 1) end;
   end fact;
begin
   p(1);
   p(1, in_c => 9);
   p(in_c => 7, in_a => 8);
   kind(1);
   kind('1');
   later(2);
   t := 'hi';
   change(l, t);
   dbms_output.put_line(l || t);
   begin
      change_and_fail(l);
   exception
      when no_data_found then dbms_output.put_line('unchanged ' || l);
   end;
   dbms_output.put_line(fact(20));
end;
/
-- expect output: 123
-- expect output: 129
-- expect output: 827
-- expect output: number
-- expect output: text
-- expect output: later 2
-- expect output: later 1
-- expect output: out starts as null
-- expect output: 5hi!
-- expect output: unchanged 5
-- expect output: 2432902008176640000

create function nothing return number is
begin
   null;
end nothing;
/
begin
   dbms_output.put_line(nothing);
end;
/
-- expect error: ORA-06503
