-- Source: PL/SQL Language Reference, "Record Variables", "Inserting Records into Tables"

create table t (id number, name varchar2(10), n number default 7);
declare
   type r_type is record (id number := 5, name t.name%type default 'x', n number);
   r r_type;
   s t%rowtype;
   q r_type;
begin
   dbms_output.put_line(r.id || r.name);
   s.id := 1;
   s.name := 'one';
   insert into t values s;
   s.name := 'uno';
   update t set row = s where id = 1;
   select * into s from t;
   dbms_output.put_line(s.id || s.name || nvl(to_char(s.n), 'null'));
   q := r;
   q.id := 6;
   dbms_output.put_line(r.id || ' ' || q.id);
   select id, name, 3 into r from t;
   dbms_output.put_line(r.n);
   insert into t values r returning id, name into q.id, q.name;
   dbms_output.put_line(q.id || q.name || sql%rowcount);
end;
/
-- expect output: 5x
-- expect output: 1unonull
-- expect output: 5 6
-- expect output: 3
-- expect output: 1uno1
